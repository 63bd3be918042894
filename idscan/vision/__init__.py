"""Pictures as arrays: where cards may be, rectifying, turning, enhancing. No files, no text, no engines."""
