"""What promotion refuses, a module a noun: in words for the person who asked."""
