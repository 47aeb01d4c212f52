import { fresh } from "./media";
import { analysed, choose, finished, open, openChanged, openStart, sent } from "./steps";
import { expect, test, type Page } from "./test";

/** Fails when the page sends a file although it knows that the server refuses it. */
async function nothingIsSent(page: Page): Promise<() => void> {
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(request.url());
  });
  return () => expect(sent).toEqual([]);
}

test("text that is called a photo is refused before it is sent", async ({ page }) => {
  const check = await nothingIsSent(page);
  await openStart(page);
  await choose(page, "words.jpg");
  await expect(
    page.getByText("We cannot read this kind of file. Use MP4, MOV, JPEG, PNG or HEIC."),
  ).toBeVisible();
  check();
});

test("a file that is too large is refused before it is sent", async ({ page }) => {
  const check = await nothingIsSent(page);
  await openStart(page);
  await choose(page, "huge.jpg");
  await expect(page.getByText(/201 MB/)).toBeVisible();
  await expect(page.getByText(/200 MB/).first()).toBeVisible();
  check();
});

test("a clip that is too long is refused before it is sent", async ({ page }) => {
  const check = await nothingIsSent(page);
  await openStart(page);
  await choose(page, "long.mp4");
  await expect(
    page.getByText(
      "This video is too long. It is 3:10 long, the limit is 3:00. Cut out a part; compressing hides signs.",
    ),
  ).toBeVisible();
  check();
});

test("a clip whose length the browser cannot read is refused by the server, with the same words", async ({
  page,
}) => {
  await openStart(page);
  await choose(page, fresh("long.avi"));
  await expect(page.getByText(/limit is 3:00/)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/compressing hides signs/)).toBeVisible();
});

for (const name of ["broken.jpg", "broken.mp4"]) {
  test(`somebody uploads a damaged file: ${name}`, async ({ page }) => {
    await openStart(page);
    await choose(page, fresh(name));
    await expect(page.getByRole("heading", { level: 1, name: "We could not read the pictures" })).toBeVisible(
      { timeout: 60_000 },
    );
    await expect(page.getByText("Try the original, not a copy from a chat app.")).toBeVisible();
    await expect(page.getByRole("main").getByText(/\d\s%/)).toHaveCount(0);
  });
}

for (const name of ["landscape.jpg", "scenery.mp4"]) {
  test(`somebody uploads a file without a face: ${name}`, async ({ page }) => {
    await openStart(page);
    await choose(page, fresh(name));
    await expect(
      page.getByRole("heading", { level: 1, name: "No face found, so nothing was scored" }),
    ).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText(/Faces from \d+ px across were looked for/).first()).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).not.toContainText("%");
    await expect(page.getByRole("main").getByText(/\b0\s%/)).toHaveCount(0);
  });
}

test("a face too blurred to judge gets neither an estimate nor 0 %", async ({ page }) => {
  const answer = await analysed(page, "blurred.jpg");
  expect(answer.result?.final_score).toBeNull();
  await open(page, answer.job_id);
  await expect(
    page.getByRole("heading", { level: 1, name: /^Inconclusive: too little to judge/ }),
  ).toBeVisible();
  await expect(page.getByText(/Blurred or strongly compressed/).first()).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).not.toContainText("estimated");
  await expect(page.getByRole("main").getByText(/\b0\s%/)).toHaveCount(0);
});

test("a score inside the band gets a range and no estimate", async ({ page }) => {
  const answer = await analysed(page, "portrait.jpg");
  await openChanged(page, answer.job_id, ({ result }) => {
    if (!result) return;
    result.verdict = "inconclusive";
    result.predicted_manipulation = null;
    result.low_confidence = true;
    result.low_confidence_reason = "in_abstain_band";
    result.final_score = 0.57;
    result.interval = [0.3, 0.66];
    result.confidence_label = "unclear";
    result.reasons = [
      { code: "in_abstain_band", message: "The score is too close to the threshold to say." },
    ];
  });
  const heading = page.getByRole("heading", { level: 1 });
  await expect(heading).toHaveText(/^Inconclusive/);
  await expect(page.getByText(/Too mixed to say: the range is 30-66\s%/).first()).toBeVisible();
  await expect(heading).not.toContainText(/57\s%/);
});

test("a failure on the server's side says that nothing was counted, and can be tried again", async ({
  page,
}) => {
  const answer = await analysed(page, "portrait.jpg");
  await openChanged(page, answer.job_id, (told) => {
    told.state = "FAILED";
    told.result = null;
    told.error = { error_code: "INTERNAL_ERROR", message: "Something went wrong." } as typeof told.error;
  });
  await expect(
    page.getByRole("heading", { level: 1, name: "Something went wrong on our side" }),
  ).toBeVisible();
  await expect(page.getByText(/Nothing was counted/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Retry" })).toBeVisible();
});

test("expired files leave the summary and a way to analyse again", async ({ page }) => {
  const answer = await analysed(page, "clip.mp4");
  await openChanged(page, answer.job_id, (told) => {
    told.files_deleted = true;
    told.artifacts = [];
  });
  await expect(
    page.getByText(/Files and maps were deleted after (24 h|1 day|1 d)\. The summary remains./),
  ).toBeVisible();
  await expect(
    page
      .getByRole("link", { name: "Analyse again" })
      .or(page.getByRole("button", { name: "Analyse again" }))
      .first(),
  ).toBeVisible();
  await expect(page.getByRole("table").first()).toBeVisible();
});

test("an unknown link is one page that reveals nothing", async ({ page }) => {
  for (const id of ["00000000-0000-4000-8000-000000000000", "nonsense", ""]) {
    await open(page, id);
    await expect(page.getByRole("heading", { level: 1, name: "We cannot show this result" })).toBeVisible();
    await expect(page.getByText(/the link is wrong, or the result was deleted/i)).toBeVisible();
  }
});

test("an answer of another version is distinguished from a broken server", async ({ page }) => {
  const answer = await analysed(page, "portrait.jpg");
  await page.route(`**/api/results/${answer.job_id}`, (route) => route.fulfill({ json: { hello: "world" } }));
  await open(page, answer.job_id);
  await expect(page.getByText(/This page and the server do not match/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Reload" })).toBeVisible();
});

test("an analysis that is paused is not counted", async ({ page }) => {
  await page.route("**/api/analyze-image", (route) =>
    route.fulfill({
      status: 503,
      json: { error: { error_code: "MODEL_NOT_AVAILABLE", message: "No model." }, request_id: "7f3a" },
    }),
  );
  await openStart(page);
  await choose(page, fresh("portrait.jpg"));
  await expect(page.getByText("Analysis is paused. Nothing was counted.")).toBeVisible();
  await page.unroute("**/api/analyze-image");
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page).toHaveURL(/\/result\/\?id=/);
});

test("a deleted result is gone for everybody who has its link", async ({ page }) => {
  const id = await sent(page, "portrait.jpg");
  await finished(page, id);
  await open(page, id);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("alertdialog").or(page.getByRole("dialog"));
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(
    page
      .getByRole("heading", { level: 1, name: "Deleted" })
      .or(page.getByText(/is deleted|Deleted/))
      .first(),
  ).toBeVisible();
  await open(page, id);
  await expect(page.getByRole("heading", { level: 1, name: "We cannot show this result" })).toBeVisible();
});
