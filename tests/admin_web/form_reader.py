"""What a form on a page would send as it stands."""

from html.parser import HTMLParser


class FormReader(HTMLParser):
    """The fields of the forms that post to `action`: (name, value) in the page's order, a list for each form."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.forms = action, False, []
        self.select: str | None = None
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.inside = told.get("action") == self.action
            self.fields: list[tuple[str, str]] = []
            if self.inside:
                self.forms.append(self.fields)
        if not self.inside:
            return
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "input" and name and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
            self.fields.append((name, value))
        elif tag == "select":
            self.select, self.offered = name, []
        elif tag == "option" and self.select:
            self.offered.append(value)
            if "selected" in told:
                self.fields.append((self.select, value))
                self.select = None
        elif tag == "textarea":
            self.area = ""
            self.area_name = name

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area is not None:
            self.fields.append((self.area_name, self.area))
            self.area = None
        elif tag == "select":
            if self.inside and self.select and self.offered:
                self.fields.append((self.select, self.offered[0]))
            self.select = None


def read_form(text: str, action: str, holding: tuple[str, str] | None = None) -> list[tuple[str, str]]:
    """Of several that post there the one that holds this field; else all that stands in them."""
    reader = FormReader(action)
    reader.feed(text)
    found = [form for form in reader.forms if holding is None or holding in form]
    assert found, f"no form that posts to {action}"
    return [field for form in found for field in form]


def with_(fields: list[tuple[str, str]], **changed: str) -> list[tuple[str, str]]:
    """The same with other values; dots of names as double underscores."""
    other = {name.replace("__", "."): value for name, value in changed.items()}
    return [(name, other.get(name, value)) for name, value in fields]
