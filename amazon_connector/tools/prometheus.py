# SPDX-License-Identifier: LGPL-3.0-or-later
"""Figures in the text form that Prometheus reads (version 0.0.4)."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def write_metrics(metrics):
    """The text of metrics.

    :param metrics: ``[{"name", "help", "samples": [{"labels", "value"}]}]``; all of
        them are gauges
    """
    lines = []
    for metric in metrics:
        name = metric["name"]
        lines.append(f"# HELP {name} {_escape(metric['help'])}")
        lines.append(f"# TYPE {name} gauge")
        for sample in metric["samples"]:
            lines.append(f"{name}{_write_labels(sample['labels'])} {sample['value']}")
    return "".join(f"{line}\n" for line in lines)


def _write_labels(labels):
    if not labels:
        return ""
    told = (
        f'{name}="{_escape(str(value), quote=True)}"' for name, value in labels.items()
    )
    return f"{{{','.join(told)}}}"


def _escape(text, quote=False):
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quote else text
