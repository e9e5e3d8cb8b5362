# SPDX-License-Identifier: LGPL-3.0-or-later
"""One day of a shop: everything that its people do with orders and buyers' data.

Each function is something that people do; what it returns is what they get to see, for
the search. Those that may see buyers are apart: `see`.
"""

import itertools
import json

from . import proof_canaries
from .proof_search import Search
from .proof_stage import ROLES

SLIP, PICKING = "stock.report_deliveryslip", "stock.report_picking"
INVOICE = "account.report_invoice_with_payments"
READERS = ("system", "buyers", "portal")
# Rows of a model that are read, the newest; with many orders more of them.
_ROWS = 8
_MANY = 100
# Models whose fields are many and Odoo's own.
_OF_ODOO = ("ir.model", "ir.model.fields", "ir.ui.view", "ir.module.module")
_CONTACT = ["name", "display_name", "street", "street2", "city", "zip", "phone"]


def see(stage):
    """Slips and the dialog of every order; all that a buyer told is on them."""
    warehouse, office = stage.session("stock"), stage.session("buyers")
    for number, (sale, picking) in stage.sales().items():
        canary = stage.canaries[number]
        slip = warehouse.fetch(f"/report/html/{SLIP}/{picking}").text
        assert _missing(canary.on_slip(), slip) == []
        operations = warehouse.fetch(f"/report/html/{PICKING}/{picking}").text
        assert _missing(canary.on_slip(), operations) == []
        assert _missing(canary.on_screen(), str(ask(office, sale).json())) == []


def _missing(words, text):
    return [word for word in words if word not in text]


def print_on_paper(stage):
    """A PDF, as wkhtmltopdf is told to make it."""
    number, (_sale, picking) = next(iter(stage.sales().items()))
    answer = stage.session("stock").fetch(f"/report/pdf/{SLIP}/{picking}")
    assert answer.content.startswith(b"%PDF"), answer.text
    printed = (stage.seen / "printed.html").read_text()
    assert _missing(stage.canaries[number].on_slip(), printed) == []


def invoice(stage):
    """All orders are invoiced and posted; an accountant prints the invoices.

    Those of businesses name them, and Odoo's own PDF and electronic invoice do, too;
    those of consumers are for the search.
    """
    for sale, _picking in stage.sales().values():
        context = {"active_model": "sale.order", "active_ids": [sale]}
        wizard = stage.admin.call(
            "sale.advance.payment.inv", "create", {}, context=context
        )
        stage.admin.call("sale.advance.payment.inv", "create_invoices", [wizard])
    moves = stage.admin.call("account.move", "search", [("state", "=", "draft")])
    for move in moves:
        stage.admin.call("account.move", "action_post", [move])
    invoices = stage.invoices()
    assert len(invoices) == len(stage.canaries) <= len(moves)
    return b"\n".join(
        _print_invoice(stage, stage.canaries[number], move)
        for number, move in invoices.items()
    )


def _print_invoice(stage, canary, move):
    """What everybody may see of an invoice, made and printed."""
    options = {"context": {"active_model": "account.move", "active_ids": [move]}}
    values = {"sending_methods": ["manual"]}
    model = "account.move.send.wizard"
    wizard = stage.admin.call(model, "create", values, **options)
    stage.admin.call(model, "action_send_and_print", [wizard], **options)
    page = stage.session("books").fetch(f"/report/html/{INVOICE}/{move}")
    sealed = stage.open_sealed("books", "account.move", move)
    if not canary.is_business:
        assert not sealed
        return page.content
    assert _missing(canary.on_invoice(), page.text) == []
    assert any(content.startswith(b"%PDF") for content in sealed)
    return b""


def ship(stage):
    """Half of the deliveries leave, some by real carriers; the other half waits."""
    carriers = itertools.cycle((*stage.make_carriers(), None))
    for number, (_sale, picking) in list(stage.sales().items())[::2]:
        carrier = next(carriers)
        known = len(stage.outside.received)
        values = {"carrier_id": carrier, "number_of_packages": 1}
        stage.admin.call("stock.picking", "write", [picking], values)
        stage.admin.call("stock.picking", "action_assign", [picking])
        stage.admin.call(
            "stock.picking",
            "button_validate",
            [picking],
            context={"skip_backorder": True, "skip_sms": True},
        )
        if carrier:
            words = stage.canaries[number].on_label()
            told = [_read_json(body) for _path, body in stage.outside.received[known:]]
            assert _missing(words, " ".join(told)) == []
            _check_label(stage.open_sealed("stock", "stock.picking", picking))
    assert stage.outside.bought


def _read_json(body):
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return ""


def _check_label(files):
    """The warehouse gets the label, and the address is on it."""
    found = Search(proof_canaries.ALL)
    for content in files:
        found.read("label", content)
    assert found.found


def write_mails(stage):
    """Odoo's mails about orders, deliveries and invoices, and a note."""
    templates = (
        ("sale.email_template_edi_sale", "sale.order"),
        ("account.email_template_edi_invoice", "account.move"),
        ("stock.mail_template_data_delivery_confirmation", "stock.picking"),
    )
    for xml_id, model in templates:
        template = stage.find(xml_id)
        for record in _documents(stage, model)[:2]:
            stage.admin.call("mail.template", "send_mail", template, record)
            stage.admin.call(model, "message_post", [record], body="Packed.")


def _documents(stage, model):
    sales = [sale for sale, _picking in stage.sales().values()]
    through = {
        "sale.order": ("id", "in", sales),
        "stock.picking": ("sale_id", "in", sales),
        "account.move": ("line_ids.sale_line_ids.order_id", "in", sales),
    }
    return stage.admin.call(model, "search", [through[model]])


def export(stage):
    """Files of contacts, orders and deliveries; what searches and groups answer."""
    system, found = stage.session("system"), []
    for kind in ("csv", "xlsx"):
        for model in ("res.partner", "sale.order", "stock.picking"):
            found.append(_export(stage, system, kind, model))
    for number in range(len(stage.canaries)):
        # Their ends: Odoo's log has what users search for.
        name = system.call("res.partner", "name_search", f"name{number}")
        domain = [["street", "ilike", f"street{number}"]]
        street = system.call("res.partner", "search_read", domain, _CONTACT)
        assert name.json()["result"] == street.json()["result"] == []
    for field in ("city", "zip", "name", "phone"):
        grouped = system.call(
            "res.partner", "formatted_read_group", [], [field], ["__count"]
        )
        found.append(grouped.content)
    return b"\n".join(found)


def _export(stage, session, kind, model):
    names = _CONTACT if model == "res.partner" else ["name", "partner_id/name"]
    if model != "res.partner":
        names += ["partner_id/street", "partner_id/email"]
    data = {
        "model": model,
        "fields": [{"name": name, "label": name, "type": "char"} for name in names],
        "ids": False,
        "domain": [],
        "groupby": [],
        "import_compat": False,
    }
    token = stage.csrf_token(session)
    answer = session.post(
        f"{stage.odoo.url}/web/export/{kind}",
        data={"data": json.dumps(data), "csrf_token": token},
    )
    assert answer.status_code == 200, answer.text[:500]
    return answer.content


def copy_and_merge(stage):
    """An order is copied, a contact too; two contacts become one."""
    orders = list(stage.sales().values())
    stage.admin.call("sale.order", "copy", [orders[0][0]])
    partners = stage.query(
        "SELECT company_id, array_agg(partner_id ORDER BY partner_id)"
        "  FROM sale_order WHERE id = ANY(%s) GROUP BY company_id",
        [[sale for sale, _picking in orders]],
    )
    stage.admin.call("res.partner", "copy", [partners[0][1][0]])
    first, second = partners[0][1][:2]
    values = {
        "state": "selection",
        "dst_partner_id": first,
        "partner_ids": [(6, 0, [first, second])],
    }
    merge = "base.partner.merge.automatic.wizard"
    wizard = stage.admin.call(merge, "create", values)
    stage.admin.call(merge, "action_merge", [wizard])


def fail(stage):
    """A template that cannot be rendered, and calls that make no sense."""
    number, (sale, picking) = list(stage.sales().items())[-1]
    view = stage.admin.call(
        "ir.ui.view",
        "create",
        {
            "name": "A number of the buyer's name",
            "type": "qweb",
            "inherit_id": stage.find("stock.report_delivery_document"),
            "arch": "<xpath expr='//h2' position='before'>"
            "<t t-out='int(o.partner_id.name)'/></xpath>",
        },
    )
    warehouse = stage.session("stock")
    answers = [
        warehouse.fetch(f"/report/html/{SLIP}/{picking}"),
        warehouse.fetch(f"/report/pdf/{SLIP}/{picking}"),
        warehouse.fetch(f"/report/html/{SLIP}/{picking}?context=nonsense"),
        *(ask(stage.session(role), sale) for role in ROLES if role != "buyers"),
    ]
    stage.admin.call("ir.ui.view", "unlink", [view])
    assert answers[0].status_code >= 400
    assert stage.canaries[number].word("name") not in answers[0].text
    return b"\n".join(answer.content for answer in answers)


def ask(session, sale):
    """What the dialog gets to show of a sales order's buyer."""
    params = {"model": "sale.order", "record_id": sale}
    return session.ask("/amazon_connector/buyer_data", params)


def crash(stage, picking=None):
    """Odoo is killed while a slip is printed, and started again."""
    (stage.seen / "hangs").unlink(missing_ok=True)
    (stage.seen / "hang").touch()
    printing = stage.session("stock")
    picking = picking or next(iter(stage.sales().values()))[1]
    with stage.beside(lambda: printing.fetch(f"/report/pdf/{SLIP}/{picking}")):
        stage.wait_until((stage.seen / "hangs").exists, "a slip to be printed")
        stage.odoo.kill()
    (stage.seen / "hang").unlink()
    stage.start()


def read_everything(stage):
    """Every model that holds something, with all its fields, as each role reads it;
    with few orders as those that see most."""
    models = sorted(_models_with_rows(stage))
    answers = []
    for role in ROLES if len(stage.canaries) >= _MANY else READERS:
        session = stage.session(role)
        for model in models:
            answers += _read(stage, session, model)
    return b"\n".join(answers)


def _models_with_rows(stage):
    """Models that hold something; with few orders, of those that were written to since
    the database was made."""
    least = 1 if len(stage.canaries) < _MANY else 0
    rows = stage.query(
        "SELECT model.model FROM ir_model model"
        "  JOIN pg_stat_user_tables ON relname = replace(model.model, '.', '_')"
        " WHERE n_tup_ins + n_tup_upd >= %s",
        [least],
    )
    for (model,) in rows:
        table = model.replace(".", "_")
        if model not in _OF_ODOO and stage.query(f'SELECT 1 FROM "{table}" LIMIT 1'):
            yield model


def _read(stage, session, model):
    """All that a user reads of a model; field by field where one of them fails."""
    rows = _ROWS if len(stage.canaries) < _MANY else _MANY
    options = {"limit": rows, "order": "id desc"}
    answer = session.call(model, "search_read", [], **options)
    if answer.status_code == 200 and "Traceback" not in answer.text:
        return [answer.content]
    if "AccessError" in answer.text:
        return [answer.content]
    fields = session.call(model, "fields_get", attributes=["type"]).json()
    return [
        answer.content,
        *(
            session.call(model, "search_read", [], [field], **options).content
            for field in fields.get("result", ())
        ),
    ]


STEPS = (
    see,
    print_on_paper,
    crash,
    invoice,
    ship,
    write_mails,
    export,
    copy_and_merge,
    fail,
    read_everything,
)
# Bytes: somebody got to read something.
LEAST_ANSWERED = 1_000_000
