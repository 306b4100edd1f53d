"""Fills the peer's shop: `python -m meadow.bench.oscar_peer.prepare PRODUCTS`."""

import os
import sys
from decimal import Decimal

os.environ["DJANGO_SETTINGS_MODULE"] = "meadow.bench.oscar_peer.settings"


def main(products: int) -> None:
    """Create the tables and `products` stand-alone products in stock, each with an image."""
    import django

    django.setup()
    from django.core.management import call_command
    from oscar.core.loading import get_model

    call_command("migrate", verbosity=0)
    product_model = get_model("catalogue", "Product")
    kind = get_model("catalogue", "ProductClass").objects.create(name="Thing")
    category = get_model("catalogue", "Category").add_root(name="Everything")
    partner = get_model("partner", "Partner").objects.create(name="Shop")
    made = product_model.objects.bulk_create(
        product_model(
            title=f"A thing of some use {number}",
            slug=f"thing-{number}",
            upc=f"upc{number}",
            product_class=kind,
            structure="standalone",
        )
        for number in range(products)
    )
    get_model("catalogue", "ProductCategory").objects.bulk_create(
        get_model("catalogue", "ProductCategory")(product=product, category=category)
        for product in made
    )
    get_model("catalogue", "ProductImage").objects.bulk_create(
        get_model("catalogue", "ProductImage")(product=product, original=f"{product.slug}.jpg")
        for product in made
    )
    get_model("partner", "StockRecord").objects.bulk_create(
        get_model("partner", "StockRecord")(
            product=product,
            partner=partner,
            partner_sku=f"sku{product.pk}",
            price=Decimal("9.90"),
            num_in_stock=100,
        )
        for product in made
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
