"""Proxies: who may act for a patient, by a login of their own."""
