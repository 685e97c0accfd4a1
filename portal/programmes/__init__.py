"""Programmes, their editions, and the services that residents can book."""
