"""Invoices on paper and for machines: a PDF/A-3 that has its EN 16931 XML inside."""

import warnings

# invoices have no pictures, so the layer has no Pillow: nothing to tell at each start
warnings.filterwarnings("ignore", message="Pillow could not be imported")
