"""Patients' records: kept, found, merged and parted."""
