"""Files in, frames out: walks folders, tells pictures by their content, decodes them upright within limits."""
