"""The demo: the desk's main job, played with the real daemon on mail servers inside this process."""
