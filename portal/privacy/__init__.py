"""What the portal says about personal data: how long each kind is kept, for what and on what ground."""
