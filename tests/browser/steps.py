"""The steps of the main journey, as people take them on the pages."""

from tests.browser.visitor import Visitor

PROBLEM = {
    "title": "Ngập úng sau mưa lớn",
    "title_en": "Flooding after heavy rain",
    "statement": "Nhiều tuyến phố ngập 30 cm sau mỗi trận mưa lớn.",
    "basis_number": "12/NQ-HĐND",
}
USE_CASE = {
    "title": "Cảnh báo ngập sớm",
    "title_en": "Early flood warning",
    "summary": "Người dân được báo trước hai giờ nơi sắp ngập.",
    "summary_en": "Residents learn two hours ahead where it will flood.",
    "deployer": "Trung tâm điều hành đô thị thông minh",
    "provider": "Viện công nghệ",
    "application_area": "58 điểm đo trong nội thành",
    "solution": "Mô hình học máy dự báo mực nước từ lượng mưa và triều.",
    "technique_detail": "Mạng nơ-ron hồi quy",
    "public_contact": "Văn phòng, 0234 000 000",
    "evidence-0-title": "Thông báo đưa vào vận hành",
}


def declare_problem(editor: Visitor, texts: dict[str, str]) -> None:
    editor.go("/desk")
    editor.follow("Declare a pressing problem")
    editor.choose(area="flooding", basis_kind="resolution")
    editor.fill(**texts, declared_on="15/01/2024")
    editor.press("Declare the problem")


def start_use_case(editor: Visitor, title: str) -> None:
    editor.go("/desk")
    editor.follow("Declare an AI application")
    editor.fill(title=title)
    editor.main.locator("[name=problem_ids]").first.check()
    editor.press("Open the draft")


def unfold(editor: Visitor) -> None:
    """Opens every question of the form that is open."""
    folded = editor.main.locator("details.more-questions:not([open]) > summary")
    while folded.count():
        folded.first.click()


def write_use_case(
    editor: Visitor, texts: dict[str, str], evidence: str = "https://example.vn/canh-bao"
) -> None:
    """Fills in the draft that is open, and leads to the page where it is read through."""
    unfold(editor)
    editor.fill(**texts)
    editor.main.locator("[name=techniques][value=forecasting]").check()
    editor.choose(**{"stages-0-stage": "operational"})
    editor.fill(**{"stages-0-since": "11/2024", "evidence-0-url": evidence})
    editor.press("Save and check")


def submit(signer: Visitor, city: str) -> None:
    """A signer finds on the desk what a colleague wrote, and submits it with a letter."""
    signer.go(f"/desk/{city}")
    signer.follow("Read through and submit")
    signer.fill(letter_number="15/UBND-KHCN", letter_date="20/01/2024")
    signer.press("Submit to the ministry")
    signer.sees(
        signer.words("The version was submitted. A reviewer of the ministry will decide on it.")
    )


def take_up(reviewer: Visitor, city: str) -> None:
    """Opens the city's entry from the queue and takes it up."""
    reviewer.go("/review")
    reviewer.click(reviewer.main.locator(f"a[href*='/review/{city}-']"))
    reviewer.press("Start review")


def decide(reviewer: Visitor, action: str, reason: str = "") -> None:
    """Decides on the open entry. What belongs to the action alone is filled in before."""
    form = reviewer.main.locator(f"details:has(input[value={action}])")
    if form.get_attribute("open") is None:
        form.locator("> summary").click()
    form.locator("[name=reason]").fill(reason)
    reviewer.click(form.get_by_role("button"))


def approve(reviewer: Visitor, remark: str = "") -> None:
    form = reviewer.main.locator("details:has(input[value=approve])")
    form.locator("> summary").click()
    form.locator("[name=ai_confirmed]").check()
    decide(reviewer, "approve", remark)


def revoke(reviewer: Visitor, day: str, reason: str) -> None:
    form = reviewer.main.locator("details:has(input[value=revoke])")
    form.locator("> summary").click()
    form.locator("[name=effect][value=day]").check()
    form.locator("[name=effective_from]").fill(day)
    decide(reviewer, "revoke", reason)
