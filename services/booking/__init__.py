"""Booking: who comes when, to whom, where.

Owns facilities, visit types, resources, patients, appointments and tasks.
"""
