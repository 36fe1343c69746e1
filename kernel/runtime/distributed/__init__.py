"""Processes per service over RabbitMQ, in nameko's words and on plain threads."""

import warnings

# nameko imports eventlet, which advises everybody who starts a program against it; nothing here runs on it.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
