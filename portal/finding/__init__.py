"""Finding: what residents may read, indexed by the database itself and found by its words, whatever their diacritics."""
