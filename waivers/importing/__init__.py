"""Waivers from a file: what a line says (`lines`), what becomes of it (`plans`), and how it is stored (`writing`)."""
