"""Files in, frames out: walk folders, detect formats by content, decode upright within limits, write pixels anew."""
