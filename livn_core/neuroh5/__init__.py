"""The file format: layout, writer, reader. Nothing outside knows an HDF5 path."""
