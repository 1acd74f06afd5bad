"""One file per schema version; never edited once released, there is no way down."""
