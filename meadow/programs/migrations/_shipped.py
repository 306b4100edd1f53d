"""The six programs as they were first shipped: data of migration 0003, never changed afterwards."""

from typing import Any

NOTES_2000 = {"within_days": 180, "reads_at_least": 2000}
PROGRAMS: list[dict[str, Any]] = [
    {
        "slug": "creator-center",
        "capability": "studio.open",
        "title": {"en": "Creator Center", "zh-hans": "创作中心"},
        "summary": {
            "en": "The Studio: what works, who reads, and how your notes grow.",
            "zh-hans": "创作者工作台：什么内容受欢迎、谁在读、笔记如何成长。",
        },
        "is_built": True,
        "stage": "open",
        "admission": "automatic",
        "rule": {
            "all": [
                {"key": "followers", "metric": "followers", "operator": ">", "threshold": 5000},
                {
                    "key": "read_notes",
                    "metric": "notes_with_reads",
                    "operator": ">",
                    "threshold": 10,
                    "params": NOTES_2000,
                },
                {
                    "key": "clean_record",
                    "metric": "open_violations",
                    "operator": "==",
                    "threshold": 0,
                },
            ]
        },
    },
    {
        "slug": "live",
        "capability": "live.broadcast",
        "title": {"en": "Live", "zh-hans": "直播"},
        "summary": {
            "en": "Broadcast to your readers from a browser or a studio.",
            "zh-hans": "用浏览器或专业设备向读者直播。",
        },
        "stage": "invited",
        "admission": "invitation",
        "capacity": 100,
        "pilot": [
            {"days": 14, "limits": {"minutes_a_day": 60}},
            {"days": 14, "limits": {"minutes_a_day": 180}},
        ],
        "rule": {
            "all": [
                {"key": "followers", "metric": "followers", "operator": ">=", "threshold": 1000},
                {
                    "key": "account_age",
                    "metric": "account_age_days",
                    "operator": ">=",
                    "threshold": 30,
                },
                {
                    "key": "clean_record",
                    "metric": "open_violations",
                    "operator": "==",
                    "threshold": 0,
                },
            ]
        },
    },
    {
        "slug": "brand-collaborations",
        "capability": "collaborations.offer",
        "title": {"en": "Brand Collaborations", "zh-hans": "品牌合作"},
        "summary": {
            "en": "Work with brands under terms that both sides can read, paid from escrow.",
            "zh-hans": "在双方都看得到的条款下与品牌合作，款项先托管后结算。",
        },
        "stage": "cohort",
        "admission": "application",
        "questions": [
            {
                "key": "topics",
                "label": {
                    "en": "What do you write about, and for whom?",
                    "zh-hans": "你写什么内容，写给谁看？",
                },
                "max_length": 500,
            },
            {
                "key": "experience",
                "label": {
                    "en": "Have you worked with brands before? Tell us about one piece.",
                    "zh-hans": "你和品牌合作过吗？请介绍一篇作品。",
                },
                "max_length": 1000,
                "required": False,
            },
        ],
        "rule": {
            "all": [
                {"key": "followers", "metric": "followers", "operator": ">=", "threshold": 1000},
                {
                    "key": "recent_notes",
                    "metric": "notes_published",
                    "operator": ">=",
                    "threshold": 5,
                    "params": {"within_days": 90},
                },
                {
                    "key": "clean_record",
                    "metric": "open_violations",
                    "operator": "==",
                    "threshold": 0,
                },
            ]
        },
    },
    {
        "slug": "product-cards",
        "capability": "product_cards.attach",
        "title": {"en": "Product Cards", "zh-hans": "好物推荐"},
        "summary": {
            "en": "Put a product into a note and earn a commission on what it sells.",
            "zh-hans": "在笔记里挂上商品，卖出后获得佣金。",
        },
        "stage": "percentage",
        "percentage": 10,
        "admission": "automatic",
        "rule": {
            "all": [
                {"key": "followers", "metric": "followers", "operator": ">=", "threshold": 1000},
                {
                    "key": "email",
                    "metric": "email_verified",
                    "operator": "==",
                    "threshold": 1,
                },
                {
                    "key": "clean_record",
                    "metric": "open_violations",
                    "operator": "==",
                    "threshold": 0,
                },
            ]
        },
    },
    {
        "slug": "promotion",
        "capability": "promotion.order",
        "title": {"en": "Promotion", "zh-hans": "薯条推广"},
        "summary": {
            "en": "Order reach for a note, with a forecast before and the lift after.",
            "zh-hans": "为笔记购买曝光：下单前看预估，投放后看增量。",
        },
        "stage": "open",
        "admission": "automatic",
        "rule": {
            "all": [
                {
                    "key": "email",
                    "metric": "email_verified",
                    "operator": "==",
                    "threshold": 1,
                },
                {
                    "key": "account_age",
                    "metric": "account_age_days",
                    "operator": ">=",
                    "threshold": 7,
                },
            ]
        },
    },
    {
        "slug": "social-store",
        "capability": "social_store.curate",
        "title": {"en": "Social Store", "zh-hans": "小红店"},
        "summary": {
            "en": "Become a curator and earn on what your friends buy.",
            "zh-hans": "成为红人，朋友下单你得佣金。",
        },
        "stage": "open",
        "admission": "automatic",
        "rule": {
            "all": [
                {
                    "key": "friends",
                    "metric": "evidence",
                    "operator": ">=",
                    "threshold": 50,
                    "params": {"name": "referrals.friends"},
                }
            ]
        },
    },
]
