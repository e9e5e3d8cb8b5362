# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_channel_items,
    amazon_listing,
    amazon_listing_creator,
    amazon_listing_facts,
    amazon_listing_family,
    amazon_listing_import,
    amazon_listing_matcher,
    amazon_listing_pages,
    amazon_listing_picture,
    amazon_listing_queue,
    amazon_listing_suggester,
)
