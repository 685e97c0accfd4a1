"""Media: pictures, documents and films that staff upload and texts show; files in a folder, a row for each."""
