# SPDX-License-Identifier: LGPL-3.0-or-later
from . import amazon_mtr_upload, amazon_onboarding
