"""What fulfils the ports: journal, grid files, engines, metrics, clocks."""
