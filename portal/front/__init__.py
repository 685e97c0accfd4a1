"""What is composed of several features: home, search, the map of the site, display settings, the way out."""
