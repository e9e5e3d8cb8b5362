# SPDX-License-Identifier: LGPL-3.0-or-later
"""Columns of Amazon's reports: which are read, and what they are called elsewhere.

Amazon translates the header of the listings report into the language of the
marketplace or of the seller. What is not listed here is not read at all. The columns
stand in Amazon's order, by which two of the same name are told apart.
"""

SHIPMENT_COLUMNS = (
    "amazon-order-id",
    "amazon-order-item-id",
    "shipment-id",
    "shipment-item-id",
    "shipment-date",
    "quantity-shipped",
    "sku",
    "carrier",
    "tracking-number",
    "fulfillment-center-id",
)
SHIPMENT_REQUIRED = (
    "amazon-order-id",
    "amazon-order-item-id",
    "shipment-date",
    "quantity-shipped",
)

ORDER_COLUMNS = (
    "amazon-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "ship-service-level",
    "sku",
    "asin",
    "item-status",
    "quantity",
    # Of the address only what taxes need; city and postal code stay out.
    "ship-state",
    "ship-country",
    "is-business-order",
)
ORDER_REQUIRED = ("amazon-order-id", "order-status", "last-updated-date")

LISTING_COLUMNS = (
    "item-name",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "product-id-type",
    "item-condition",
    "asin1",
    "product-id",
    "fulfillment-channel",
    "status",
)
LISTING_REQUIRED = ("seller-sku",)
# German, French, Italian, Spanish, Polish, Turkish, Japanese, Chinese, Arabic.
LISTING_ALIASES = {
    "item-name": (
        "Artikelbezeichnung",
        "nom-produit",
        "Nome dell'articolo",
        "Título del producto",
        "nazwa-produktu",
        "item-name (ürün adı)",
        "商品名",
        "商品名称",
        "اسم-المنتج",
    ),
    "listing-id": (
        "Angebotsnummer",
        "id-offre",
        "Numero offerta",
        "Identificador del listing",
        "identyfikator-oferty",
        "listing-id (liste kaydı numarası)",
        "出品ID",
        "商品编码",
        "رقم-العرض",
    ),
    "seller-sku": (
        "Händler-SKU",
        "sku-vendeur",
        "SKU venditore",
        "SKU del vendedor",
        "sku-sprzedawcy",
        "seller-sku (satıcı sku)",
        "出品者SKU",
        "卖家 SKU",
        "sku-البائع",
    ),
    "price": (
        "Preis",
        "prix",
        "Prezzo",
        "Precio",
        "cena",
        "price (fiyat)",
        "価格",
        "价格",
        "السعر",
    ),
    "quantity": (
        "Menge",
        "quantité",
        "Quantità",
        "Cantidad",
        "ilość",
        "quantity (adet)",
        "数量",
        "الكمية",
    ),
    "open-date": (
        "Erstellungsdatum",
        "date-ouverture",
        "Data di creazione",
        "Fecha de creación",
        "data-otwarcia",
        "open-date (yayınlanma tarihi)",
        "出品日",
        "开售日期",
        "تاريخ-مفتوح",
    ),
    "product-id-type": (
        "Produkt-ID-Typ",
        "type-id-produit",
        "Tipo di identificativo del prodotto",
        "Tipo de identificador de producto",
        "typ-identyfikatora-produktu",
        "product-id-type (ürün numarası türü)",
        "商品IDタイプ",
        "商品编码类型",
        "نوع-رقم-المنتج",
    ),
    "item-condition": (
        "Artikelzustand",
        "état-produit",
        "Condizione dell'articolo",
        "Estado del producto",
        "stan-produktu",
        "item-condition (ürün durumu)",
        "コンディション",
        "商品状况",
        "حالة-المنتج",
    ),
    "asin1": ("ASIN", "ASIN 1", "ASIN-1"),
    "product-id": (
        "Produkt-ID",
        "id-produit",
        "Identificativo del prodotto",
        "Identificador del producto",
        "identyfikator-produktu",
        "product-id (ürün numarası)",
        "商品ID",
        # The listing's number has the same name, further to the left.
        "商品编码",
        "رقم-المنتج",
    ),
    "fulfillment-channel": (
        "fulfilment-channel",
        "Versender",
        "canal-traitement",
        "Canale di gestione",
        "Canal de gestión logística",
        "kanał-realizacji",
        "fulfillment-channel (dağıtım kanalı)",
        "フルフィルメント・チャンネル",
        "配送渠道",
        "قناة-الشحن",
    ),
    "status": ("état", "stato", "estado", "durum", "ステータス", "状态", "الحالة"),
}
