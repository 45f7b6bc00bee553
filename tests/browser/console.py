"""The console in Chromium: each page as people see it, and what they do there.

    console.py SCENARIO

A page that is looked at has no violation of WCAG 2.1 AA in either theme (axe finds them), nothing in
the browser's own console, no text that is missing, and room on a screen of 360 pixels. BILLING_ENDPOINT
is the bundle, BILLING_AK and BILLING_SK are the distributor's key, RESELLER_AK and RESELLER_SK its
reseller's, OPERATOR_TOKEN opens the operator's pages of BILLING_TENANT, BOOK is a book to import,
CHROMIUM is the browser.
"""

import json
import os
import re
import sys
from urllib.parse import parse_qsl, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ENDPOINT = os.environ["BILLING_ENDPOINT"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
LOCALES = {"en": "en-GB", "zh-CN": "zh-CN"}
TIMEOUT_MILLISECONDS = 120_000
NARROW, WIDE = {"width": 360, "height": 800}, {"width": 1200, "height": 900}
PICTURE = {"width": 960, "height": 640}
MOBILE = "13812345678"
CHINESE = re.compile("[\u4e00-\u9fff]")
# What the console itself says, and no book does.
SAID = "h1, h2, th, dt, caption, legend, .field label, button, figcaption, nav a, .state, .brand, footer p"


class Person:
    """Somebody at a browser of their own, who speaks a language."""

    def __init__(self, chromium, language):
        self.language = language
        self.context = chromium.new_context(locale=LOCALES[language], viewport=WIDE)
        self.context.set_default_timeout(TIMEOUT_MILLISECONDS)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path):
        self.page.goto(ENDPOINT + path)
        self.look()

    def sign_in(self, fields):
        self.show_key(fields)
        return self.is_in()

    def show_key(self, fields):
        self.open("/console/sign-in")
        for name, value in fields.items():
            self.page.fill(f"#{name}", value)
        self.page.locator("form", has=self.page.locator(f"#{name}")).get_by_role("button").click()

    def is_in(self):
        self.page.wait_for_url(ENDPOINT + "/console")
        self.look()
        return self

    def press(self, name):
        """Presses the button of this name in the page's content."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()
        self.look()

    def follow(self, name):
        """Follows the first link of this name."""
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.look()

    def expects_refusals(self):
        """Forgets what the browser's own console tells of answers that are refusals."""
        refused = "the server responded with a status of 400"
        self.complaints = [told for told in self.complaints if refused not in told]

    def text(self):
        return self.page.locator("main").inner_text()

    def sees(self, *texts):
        shown = self.text()
        for text in texts:
            assert text in shown, f"{text} is not on {self.page.url}: {shown}"

    def unfold(self, is_open):
        """Shows what is folded up, the tables behind plots, or hides it again."""
        fold = "(all, is_open) => all.forEach(one => { one.open = is_open; })"
        self.page.eval_on_selector_all("details", fold, is_open)

    def look(self):
        """Checks the page that is shown."""
        self.page.wait_for_load_state("load")
        where = f"{self.page.url} in {self.language}"
        self.unfold(True)
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme)
            found = Axe().run(self.page, options={"runOnly": WCAG})
            violations = found.response["violations"]
            assert not violations, f"{theme} {where}: {json.dumps(violations, indent=1)}"
        self.page.emulate_media(color_scheme="light")
        assert self.page.get_attribute("html", "lang") == self.language, where
        for text in self.page.locator(SAID).all_inner_texts():
            assert text.strip(), f"a text is missing on {where}"
            is_chinese = bool(CHINESE.search(text))
            assert is_chinese == (self.language == "zh-CN"), f"{text} on {where}"
        self.page.set_viewport_size(NARROW)
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(WIDE)
        assert wide <= NARROW["width"], f"{wide} pixels wide: {where}"
        self.unfold(False)
        assert not self.complaints, f"{where}: {self.complaints}"


def partner():
    return {"access_key_id": os.environ["BILLING_AK"], "secret_key": os.environ["BILLING_SK"]}


def reseller():
    return {"access_key_id": os.environ["RESELLER_AK"], "secret_key": os.environ["RESELLER_SK"]}


def operator():
    return {"operator_token": os.environ["OPERATOR_TOKEN"]}


def kind_of(url):
    """What pages with the same path and the same parameters have in common."""
    parts = urlsplit(url)
    return parts.path, frozenset(name for name, _ in parse_qsl(parts.query))


def is_of_another_tenant(url):
    tenants = [value for name, value in parse_qsl(urlsplit(url).query) if name == "tenant_id"]
    return any(tenant != os.environ["BILLING_TENANT"] for tenant in tenants)


def every_page(chromium, fields, first):
    """Goes wherever links lead, in both languages, and tells the paths."""
    paths = set()
    for language in LOCALES:
        person = Person(chromium, language).sign_in(fields)
        seen, waiting = set(), [ENDPOINT + path for path in first]
        while waiting:
            url = waiting.pop(0)
            kind = kind_of(url)
            if kind in seen or is_of_another_tenant(url):
                continue
            seen.add(kind)
            answer = person.context.request.get(url)
            assert answer.ok, f"{url}: {answer.status}"
            paths.add(kind[0])
            if answer.headers["content-type"].startswith("text/html"):
                person.open(url.removeprefix(ENDPOINT))
                links = person.page.eval_on_selector_all(
                    "a[href]", "links => links.map(link => link.href)"
                )
                others = [link for link in links if "/console/language" not in link]
                waiting += [link for link in others if link.startswith(ENDPOINT + "/console")]
        person.context.close()
    print(json.dumps(sorted(paths)))


def pages_of_a_partner(chromium):
    every_page(chromium, partner(), ["/console"])


def pages_of_a_reseller(chromium):
    every_page(chromium, reseller(), ["/console"])


def pages_of_the_operator(chromium):
    tenant = os.environ["BILLING_TENANT"]
    every_page(chromium, operator(), ["/console", f"/console/tenant?tenant_id={tenant}"])


def coupon(chromium):
    """Issues a coupon by hand and takes it back, without a word of how."""
    person = Person(chromium, "en").sign_in(partner())
    person.follow("Coupons")
    person.follow("Issue coupons")
    person.page.locator(f"fieldset input[value='{os.environ['BILLING_CUSTOMER']}']").check()
    person.page.fill("#face_value", "12.50")
    person.page.fill("#memo", "<b>=1+1</b>")
    person.press("Continue")
    person.sees("¥12.50", os.environ["BILLING_CUSTOMER"], "Gets a coupon", "<b>=1+1</b>")
    person.press("Confirm")
    person.sees("Done")
    person.follow("Coupons")
    person.sees("Usable", "<b>=1+1</b>")
    person.follow("Reclaim")
    person.press("Confirm")
    person.sees("Done", "¥12.50")
    person.follow("Coupons")
    person.sees("Reclaimed")


def review(chromium):
    """Rejects what a customer has submitted, in Chinese, and finds it decided."""
    person = Person(chromium, "zh-CN").sign_in(operator())
    person.open(f"/console/reviews?tenant_id={os.environ['BILLING_TENANT']}")
    person.page.locator("main table a").first.click()
    person.look()
    person.sees("审核中")
    person.page.fill("#opinion", "证件照片不清晰 <i>")
    person.press("驳回")
    person.sees("证件照片不清晰 <i>")
    person.press("确认")
    person.sees("已驳回", "证件照片不清晰 <i>")


def order(chromium):
    """Orders on behalf of a customer, paid at once from its account, and finds the order."""
    person = Person(chromium, "en").sign_in(partner())
    person.follow("Orders")
    person.follow("Order on behalf of a customer")
    for name, value in {
        "customer_id": os.environ["BILLING_CUSTOMER"],
        "service_type_code": "test.service.orders",
        "resource_type_code": "test.resource.orders",
        "resource_spec": "orders.small",
        "region_code": "test-orders-1",
    }.items():
        person.page.fill(f"#{name}", value)
    person.page.check("#is_auto_pay")
    person.press("Continue")
    person.sees("¥32.20", os.environ["BILLING_CUSTOMER"])
    person.press("Confirm")
    person.sees("Purchase", "Processing", "¥32.20")
    person.follow("Orders")
    person.sees("Processing", "1–1 / 1")


def month(chromium):
    """Takes a month's files away, and tells what is in them."""
    person = Person(chromium, "en").sign_in(partner())
    person.follow("Bills")
    person.page.fill("#month", "2026-09")
    person.press("Show")
    names = {
        "sums": "Sums of the month (CSV)",
        "bills": "Bill lines of the month (CSV)",
        "focus": "Bill lines of the month as FOCUS has them (CSV)",
    }
    taken = {}
    for kind, name in names.items():
        with person.page.expect_download() as waiting:
            person.page.get_by_role("link", name=name, exact=True).click()
        assert waiting.value.suggested_filename == f"{kind}-2026-09.csv"
        with open(waiting.value.path(), encoding="utf-8", newline="") as file:
            taken[kind] = file.read()
    print(json.dumps(taken))


def notification(chromium):
    """Binds an address at which nobody listens, in both languages, tries it out and takes it away."""
    address = "http://127.0.0.1:9/\"a\"?b=1&c='d'"
    for language in LOCALES:
        person = Person(chromium, language).sign_in(partner())

        def click(form):
            person.page.locator(f"main {form} button").click()
            person.look()

        person.open("/console/notifications")
        person.page.fill("#url", address)
        click("form:has(#url)")
        person.sees(address)
        click("form.actions")
        person.sees("whsec_")
        person.open("/console/notifications")
        click("form[action$='/test']")
        person.sees("msg_")
        person.open("/console/notifications")
        person.sees(address, "notification.test")
        click("form:has([name=bindAction][value='1'])")
        click("form.actions")
        assert "127.0.0.1" not in person.text(), person.text()
        person.context.close()


def code_sent(person, scene):
    """The code that was sent to the number, as the operator of a demo tenant reads it."""
    answer = person.context.request.get(
        f"{ENDPOINT}/operator/v1/verification-codes",
        params={"tenant_id": os.environ["BILLING_TENANT"], "mobile_phone": MOBILE},
        headers={"Authorization": f"Bearer {os.environ['OPERATOR_TOKEN']}"},
    )
    codes = {code["scene"]: code["code"] for code in answer.json()["verification_codes"]}
    return codes[scene]


def second_factor(chromium):
    """Switches the second factor on, and signs in with a code, in both languages."""
    person = Person(chromium, "en").sign_in(partner())
    person.follow("Second factor")
    person.page.fill("#named", MOBILE)
    person.press("Send a code")
    person.follow("Second factor")
    person.page.fill("#proven", MOBILE)
    person.page.fill("#verification_code", code_sent(person, 1002))
    person.press("Switch it on")
    words = {
        "en": ("Send another code", "Another code is on its way", "Sign in"),
        "zh-CN": ("重新发送验证码", "新的验证码已发送", "登录"),
    }
    for language, (another, sent, enter) in words.items():
        person = Person(chromium, language)
        person.show_key(partner())
        person.page.wait_for_url(ENDPOINT + "/console/sign-in/code")
        person.look()
        person.sees("138****5678")
        person.press(another)
        person.sees(sent, "138****5678")
        person.page.fill("#verification_code", code_sent(person, 1003))
        person.page.locator("main").get_by_role("button", name=enter, exact=True).click()
        person.is_in()


def snapshot(chromium):
    """Takes a snapshot, issues a coupon, and restores what was there before."""
    tenant = f"tenant_id={os.environ['BILLING_TENANT']}"
    keeper = Person(chromium, "en").sign_in(operator())
    keeper.open(f"/console/tenant?{tenant}")
    keeper.follow("Snapshots")
    keeper.page.fill("#name", "before-the-coupon")
    keeper.press("Take a snapshot")
    keeper.press("Confirm")
    keeper.sees("before-the-coupon")
    coupon(chromium)
    keeper.press("Restore")
    keeper.press("Confirm")
    keeper.open(f"/console/audit?{tenant}")
    keeper.sees("In order")
    person = Person(chromium, "en").sign_in(partner())
    person.follow("Coupons")
    person.sees("Nothing yet.")


def book(chromium):
    """Imports BOOK, which has several parts: stopped after the first, whole, again, with a wrong line."""
    keeper = Person(chromium, "en").sign_in(operator())
    keeper.follow("Import a book")
    page = keeper.page
    sent = page.locator("#sent")

    def ended(text):
        page.locator("#stop").wait_for(state="hidden")
        keeper.expects_refusals()
        keeper.look()
        keeper.sees(text)
        return [page.locator(id).inner_text() for id in ("#applied", "#skipped", "#line")]

    def give(path):
        page.set_input_files("#book", path)
        page.locator("main").get_by_role("button", name="Import a book", exact=True).click()

    assert not sent.is_visible()
    # The first part is held back until the button was pressed.
    page.route("**/import/part", lambda route: (page.click("#stop"), route.continue_()), times=1)
    give(os.environ["BOOK"])
    told = {"stopped": ended("Stopped.")}
    assert 0 < sent.evaluate("sent => sent.value / sent.max") < 1
    for name in ("whole", "again"):
        give(os.environ["BOOK"])
        told[name] = ended("The whole book is in.")
        assert sent.evaluate("sent => sent.value / sent.max") == 1
    with open(os.environ["BOOK"], encoding="utf-8") as file:
        wrong = file.read() + '{"kind": "<b>nothing"}\n'
    give({"name": "wrong.txt", "mimeType": "text/plain", "buffer": wrong.encode()})
    told["wrong"] = ended("A line was refused")
    keeper.sees("CBC.0100")
    assert sent.evaluate("sent => sent.value / sent.max") < 1
    # Whoever has signed out meanwhile is told, and nothing is taken.
    keeper.context.clear_cookies()
    give(os.environ["BOOK"])
    told["signed out"] = ended("your session has ended")
    told["without the script"] = without_the_script(chromium, wrong[: wrong.index("\n") + 1])
    print(json.dumps(told))


def without_the_script(chromium, line):
    """Posts a line as the form does where no script runs, then the line and a wrong one, in Chinese."""
    keeper = Person(chromium, "zh-CN").sign_in(operator())
    told = []
    for text in (line, line + "{}\n"):
        keeper.follow("导入账本")
        file = {"name": "book.ndjson", "mimeType": "text/plain", "buffer": text.encode()}
        keeper.page.set_input_files("#book", file)
        with keeper.page.expect_navigation():
            # In place of the button, of which the script would hear.
            keeper.page.evaluate("document.querySelector('form[enctype]').submit()")
        keeper.expects_refusals()
        keeper.look()
        told += keeper.page.locator("dd").all_inner_texts()
    keeper.sees("有一行被拒绝", "CBC.0100")
    return told


def screenshots(chromium):
    """Looks at the pages that README shows, and keeps pictures of them in PICTURES."""
    tenant = f"tenant_id={os.environ['BILLING_TENANT']}"

    def keep(person, name):
        person.page.set_viewport_size(PICTURE)
        person.page.screenshot(path=f"{os.environ['PICTURES']}/{name}.png")
        person.page.set_viewport_size(WIDE)

    person = Person(chromium, "en").sign_in(partner())
    keep(person, "overview")
    person.open(f"/console/customers/statement?customer_id={os.environ['BILLING_CUSTOMER']}")
    keep(person, "statement")
    keeper = Person(chromium, "en").sign_in(operator())
    keeper.open(f"/console/reviews?{tenant}")
    keeper.page.locator("main table a").first.click()
    keeper.look()
    keeper.sees("Under review")
    keep(keeper, "review")
    keeper.open(f"/console/requests?{tenant}")
    keeper.sees("ListPartnerBalances")
    keep(keeper, "requests")


SCENARIOS = [
    pages_of_a_partner,
    pages_of_a_reseller,
    pages_of_the_operator,
    book,
    coupon,
    month,
    notification,
    order,
    review,
    screenshots,
    second_factor,
    snapshot,
]


def main():
    scenario = {scenario.__name__: scenario for scenario in SCENARIOS}[sys.argv[1]]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        scenario(chromium)
        chromium.close()


if __name__ == "__main__":
    main()
