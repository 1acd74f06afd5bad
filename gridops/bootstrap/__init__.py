"""The only place that names concrete classes: settings in, a running control room out."""
