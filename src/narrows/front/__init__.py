"""The front door of the package: what `import narrows` offers. It runs what the command line runs."""
