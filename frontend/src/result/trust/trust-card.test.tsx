import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it } from "vitest";

import { createQueryClient, keys } from "@/api/queries";
import type { AnalysisResult, ModelCard } from "@/api/schema";
import { english } from "@/i18n/messages";
import { completed, manipulated } from "@/result/answers.fixture";
import german from "@messages/de";

import { TrustCard } from "./trust-card";

/** What the card says of a result by the served model, whose threshold in use the operator may have set. */
function said(result: AnalysisResult, locale: "en" | "de" = "en"): string {
  const { bundle, version, sha256 } = result.model;
  const model = { bundle, version, sha256, own_abstain_band: manipulated().abstain_band, datasets: [] };
  const client = createQueryClient();
  client.setQueryData(keys.limits, { model: model as unknown as ModelCard });
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider locale={locale} messages={locale === "en" ? english : german} timeZone="UTC">
        <TrustCard answer={completed(result)} result={result} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return (container.textContent ?? "").replaceAll("\u00a0", " ");
}

it("says what of the file was not looked at, as the report does", () => {
  const whole = manipulated();
  expect(said(whole)).toContain(
    "used for the score; one frame every 0.4 s; what is shown in between may have been missed; " +
      "faces under about 40 px may have been missedNot examined",
  );
  const media = { ...whole.media, other_streams: 1 };
  const less = manipulated({ media, faces_left_out: 3, smallest_face_px: 55.7, damaged_packets: 1 });
  expect(said(less)).toContain(
    "; faces under about 56 px may have been missed; 3 faces beyond the largest of a frame were not scored; " +
      "1 damaged part was skipped; 1 further video stream, which players do not show, was not analysed",
  );
  expect(said(less, "de")).toContain(
    "; Gesichter unter etwa 56 px können übersehen worden sein; 3 Gesichter über die größten eines Bildes hinaus wurden nicht bewertet;",
  );
});

it("says how far the frames of a video are apart, where not all were looked at", () => {
  const video = { ...manipulated().media, type: "video" as const, duration_ms: 180_000, frame_count: 5400 };
  const long = manipulated({ media: video, frames_sampled: 32 });
  expect(said(long)).toContain(
    "; one frame every 5.6 s; what is shown in between may have been missed; faces",
  );
  expect(said(long, "de")).toContain("; ein Bild alle 5,6 s; was dazwischen zu sehen ist, kann übersehen");
  expect(said(manipulated({ media: video, frames_sampled: 5400 }))).not.toContain("one frame every");
});

it("says of error rates that another rule than the one that judged the file gave them, and only then", () => {
  const policy = manipulated({ decision_threshold: 0.5, abstain_band: [0.4, 0.6] });
  const [low, high] = (manipulated().abstain_band ?? []).map((end) => Math.round(100 * end));
  expect(said(policy)).toContain(
    `These figures are of the model’s own rule: no signs up to ${low} %, signs from ${high} % on. ` +
      "This file was judged by another rule: up to 40 %, from 60 % on.",
  );
  expect(said(policy, "de")).toContain("Diese Datei wurde nach einer anderen beurteilt: bis 40 %, ab 60 %.");
  expect(said(manipulated())).not.toContain("another rule");
});
