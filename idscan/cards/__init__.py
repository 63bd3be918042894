"""Vietnamese identity cards as knowledge: numbers, payloads, MRZ, names, dates, labels, documents."""
