"""`freischalt`: the vendor's tool. It translates and prints; the use cases are the library's."""
