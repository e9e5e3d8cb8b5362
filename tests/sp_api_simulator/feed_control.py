# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python interface to feeds, a part of the simulator's."""


class FeedControl:
    """For a class with `sellers`, `feeds`, `lock` and `settle`."""

    def set_feeds(self, **settings):
        """See `feeds_store.FeedSettings` for the settings."""
        with self.lock:
            return self.feeds.set(**settings)

    def feeds_of(self, key):
        """The seller's feeds as `feeds_store.SimulatedFeed`, newest first."""
        with self.lock:
            self.settle()
            return self.feeds.all(self.sellers[key])

    def release_feeds(self):
        """Feeds that hang come to their end now; returns their ids."""
        with self.lock:
            self.settle()
            return [feed.feed_id for feed in self.feeds.release()]
