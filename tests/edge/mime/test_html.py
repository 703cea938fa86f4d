import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime.html import read_html

TAGS = ["<p>", "</p>", "<div class=gmail_quote>", "</div>", "<blockquote>", "</blockquote>", "<ul><li>", "</ul>", "<table><tr><td>", "</table>", "<a href='https://x.example/'>", "</a>", "<pre>", "</pre>", "<br>", "&nbsp;", "<div id=appendonsend>", "<!--", "word", " "]  # fmt: skip


@given(st.lists(st.sampled_from(TAGS) | st.text(max_size=5)).map("".join))
def test_any_markup_gives_text_and_an_offset_within_it(html: str) -> None:
    page = read_html(html)
    assert page.quoted_from is None or 0 <= page.quoted_from < len(page.text)
    assert not page.text.startswith("\n")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One&nbsp;two\n three</p><p>Four<br>five</p>", "One two three\n\nFour\nfive"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p class=MsoNormal>Hi</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Jo</p><p class=MsoNormal>Boss</p>", "Hi\n\nJo\nBoss"),
        ("so<b>me</b>thing", "something"),
        ("<ul><li>one<li>two<ul><li>in</ul></ul>", "• one\n• two\n  • in"),
        ("<ol start=3><li>c<li>d</ol>", "3. c\n4. d"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a | b\n1 | 2"),
        ("<pre>x = 1\n  y</pre>", "x = 1\n  y"),
        ("a<style>p{}</style><script>x()</script><p style='display:none'>no</p><p hidden>no</p>", "a"),
        ("<img src=cid:1 alt=Logo> ok", "Logo ok"),
        ("<a href='https://x.example/a'>here</a>, <a href='https://x.example/a'>again</a>, <a href='http://www.y.example/'>y.example</a>, <a href='javascript:x'>js</a>, <a href='mailto:j@y.example'>j@y.example</a>",
         "here [1], again [1], y.example, js, j@y.example\n\n[1] https://x.example/a"),
        ("\u200bzero\u200bwi\u2060dth", "zerowidth"),
        ("<table><tr><td><p>Item</p><td><p>Price</p><tr><td><p>Map</p><td>\u00a380<br>plus VAT</table><p>Ok?", "Item | Price\nMap | \u00a380 plus VAT\n\nOk?"),
        ("<table><tr><td>a<td><td>c<tr><td><td>b<td>d</table>", "a |  | c\n| b | d"),
        ("<table role=presentation><tr><td><p>Left</p><td><p>Right</p><tr><td><p>x<td><p>y</table>", "Left\n\nRight\n\nx\n\ny"),
        ("<table><tr><td><table><tr><td><h1>News</h1><tr><td><p>One</p></table></table>", "News\n\nOne"),
        ("<div style='font-size:0px'><div style='font-size:13px'>shown</div>hidden</div>", "shown"),
        ("<div style='font-size:0'><img src=cid:1 alt=Logo>x</div>", "Logo"),
        ("<span style='mso-hide:all'>button</span><div style='max-height:0'>preheader</div>", "button"),
        ("<!--[if mso]>only Outlook<![endif]--><![if !mso]>everybody<![endif]><xml><w:x>no</w:x></xml>", "everybody"),
        ("<p>Bye<div class=gmail_signature>Jo Roe<br>Boss</div>", "Bye\n\n-- \nJo Roe\nBoss"),
        ("<p>Bye<br>--<div class=gmail_signature>Jo</div>", "Bye\n--\n\nJo"),
    ],
)  # fmt: skip
def test_html_reads_as_a_person_would_read_it_aloud(html: str, text: str) -> None:
    assert read_html(html).text == text


def test_images_from_elsewhere_are_counted_and_none_is_shown() -> None:
    page = read_html("<img src='https://t.example/o.gif' width=1 height=1 alt=pixel><img src='//t.example/p.png'>hi")
    assert (page.text, page.remote_images, page.trackers) == ("hi", 1, 1)


@pytest.mark.parametrize(
    ("link", "text", "lies"),
    [
        ("<a href='https://evil.example/x'>www.bank.example/login</a>", "www.bank.example/login (leads to evil.example) [1]", 1),
        ("<a href='https://evil.example/x'>https://bank.example</a>", "https://bank.example (leads to evil.example) [1]", 1),
        ("<a href='https://user:bank.example@evil.example/'>bank.example</a>", "bank.example (leads to evil.example) [1]", 1),
        ("<a href='https://shop.bank.example/x'>bank.example</a>", "bank.example [1]", 0),
        ("<a href='https://evil.example/x'>our prices</a>", "our prices [1]", 0),
    ],
)  # fmt: skip
def test_a_link_that_reads_as_another_host_is_shown_with_its_real_one(link: str, text: str, lies: int) -> None:
    page = read_html(link)
    assert page.text.partition("\n")[0] == text
    assert len(page.defects) == lies


@pytest.mark.parametrize(
    "mark",
    [
        "<div class='gmail_quote'>OLD</div>",
        "<blockquote type=cite>OLD</blockquote>",
        "<div id='divRplyFwdMsg'>OLD</div><p>more",
        "<div id=appendonsend></div><hr><div>OLD</div>",
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p>OLD</p></div>",
    ],
)
def test_markup_says_where_the_history_begins(mark: str) -> None:
    page = read_html(f"<p>new</p>{mark}")
    assert page.quoted_from is not None
    assert "new" in page.text[: page.quoted_from]
    assert page.text[page.quoted_from :].startswith(("OLD", "> OLD"))


def test_answers_between_and_below_quotes_are_not_taken_for_history() -> None:
    page = read_html("<blockquote type=cite>Friday?</blockquote>No.<blockquote type=cite>Monday?</blockquote>Yes.")
    assert page.text == "> Friday?\n\nNo.\n\n> Monday?\n\nYes."
    assert page.quoted_from is None


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000 + "word",
        "<div>" * 50_000 + "word" + "</div>" * 50_000,
        "".join(f"<b id={n}>" for n in range(3000)) + "<p>word" * 3000,
        "<blockquote>" * 900 + "word",
        "<table><tr><td>" * 300 + "<p>word" * 20_000,
        "<table><tr><td>" * 1_500 + "word",
        "<table>" + "<tr><td>word<td>word" * 40_000,
    ],
    ids=[
        "never closed",
        "closed",
        "formatting reopened in each paragraph",
        "quotes in quotes",
        "much in tables in tables",
        "1,500 tables deep",
        "a long table",
    ],
)
def test_a_page_built_to_hang_the_reader_is_read_at_once(html: str) -> None:
    began = time.process_time()
    assert "word" in read_html(html).text
    assert time.process_time() - began < 5  # without the guard: minutes
