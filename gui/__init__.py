"""The desktop application: windows, widgets and workers."""
