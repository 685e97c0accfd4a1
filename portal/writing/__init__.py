"""Help with writing, for every text that staff write: pasting, advice, how hard a text is to read, what two texts differ in."""
