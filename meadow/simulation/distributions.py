"""How followers, follows, notes, lengths and topics are spread, as a real community has them.

Source: the feature tables of KuaiRand-Pure (Gao et al., "KuaiRand: An Unbiased Sequential
Recommendation Dataset with Randomly Exposed Videos", CIKM 2022): 27,285 people, 7,583 videos
uploaded 9-11 April 2022. Quantiles and counts were taken from those tables once; nothing is read
from them here. Names of topics are ours: the source numbers its tags.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# At which share of people each quantile below stands.
SHARES: Final = (
    *(0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99),
    *(0.995, 0.998, 0.999, 0.9995, 0.9999, 1),
)
# `fans_user_num` of the 22,276 people with `is_video_author` = 1.
FOLLOWERS: Final = (
    *(0, 4, 8, 16, 29, 49, 81, 134, 227, 398, 779, 1348, 2902, 4928),
    *(9139, 29286, 63767, 177128, 685879, 1986249),
)
# `follow_user_num` of all people; the source stops at 5,000 or so.
FOLLOWING: Final = (
    *(0, 7, 16, 38, 66, 102, 155, 230, 345, 549, 1021, 1743, 2881, 4128),
    *(4989, 4999, 5000, 5000, 5002, 5003),
)
# `register_days` of all people.
TENURE_DAYS: Final = (
    *(14, 124, 265, 541, 794, 980, 1188, 1414, 1611, 1800, 2108, 2381, 2605, 2700),
    *(2759, 2829, 2875, 2939, 3389, 3624),
)
# `video_duration` in seconds. A note is looked at for less time than a video runs: see READING.
DURATION: Final = (
    *(5.0, 10.7, 14.6, 24.5, 40.8, 62.7, 81.2, 100.2, 129.8, 170.3, 237.8, 303.5, 413.7, 510.0),
    *(610.2, 709.5, 766.1, 867.5, 1111.6, 1177.7),
)
READING: Final = 0.25
# How many authors uploaded so many videos in the three days of the source: 6,510 authors.
VIDEOS_IN_THREE_DAYS: Final = {1: 5661, 2: 718, 3: 90, 4: 24, 5: 7, 6: 5, 7: 3, 8: 1, 26: 1}
# `user_active_degree`, people of each, in three bands; visits of each are our assumption.
ACTIVE: Final = {"full": 17959, "high": 6158, "low": 3168}
VISITS: Final = {"full": 1.0, "high": 0.5, "low": 0.15}
# How many videos carry each of the 24 commonest tags.
TOPIC_COUNTS: Final = (
    *(1446, 732, 675, 606, 489, 428, 428, 419, 400, 383, 296, 254),
    *(245, 220, 206, 181, 177, 177, 145, 144, 136, 102, 102, 99),
)
# Share of the day's visits that begin in each hour, 0 h to 23 h of the community's own clock: asleep
# at night, a peak at noon and a higher one in the evening. Our assumption, as is the week's.
HOURS: Final = (
    *(22, 13, 8, 5, 4, 6, 13, 26, 38, 42, 45, 52),
    *(66, 60, 48, 44, 45, 50, 58, 70, 84, 92, 78, 46),
)
WEEKDAYS: Final = (0.95, 0.94, 0.95, 0.97, 1.03, 1.12, 1.1)
UTC_OFFSET_HOURS: Final = 8


def spread(quantiles: tuple[float, ...], places: Floats) -> Floats:
    """Return the quantile at each place in [0, 1]: between two known ones the logarithm is linear."""
    return np.asarray(np.expm1(np.interp(places, SHARES, np.log1p(quantiles))), dtype=np.float64)


def even_places(count: int, rng: np.random.Generator) -> Floats:
    """Return `count` places in (0, 1), evenly spread and shuffled: their quantiles are the source's."""
    return np.asarray(rng.permutation((np.arange(count) + 0.5) / count), dtype=np.float64)


def share(counts: tuple[float, ...]) -> Floats:
    """Return counts as shares of one."""
    values = np.asarray(counts, dtype=np.float64)
    return np.asarray(values / values.sum(), dtype=np.float64)


def hour_shares() -> Floats:
    """Return the share of visits in each hour of the UTC day."""
    return np.roll(share(HOURS), -UTC_OFFSET_HOURS)
