import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { afterEach, expect, it } from "vitest";

import { keys } from "@/api/queries";
import type { MeAnswer, ResultAnswer } from "@/api/schema";
import { chooseWorkspace } from "@/api/workspace";
import { english } from "@/i18n/messages";
import { completed, manipulated } from "@/result/answers.fixture";

import { SourceCard } from "./source-card";

const HOP = {
  url: "https://cdn.example/clip.mp4",
  ip: "93.184.215.14",
  at: "2026-11-20T10:00:00Z",
  status: 200,
  content_type: "video/mp4",
  content_length: 5_000_000,
  etag: '"abc"',
  last_modified: "Thu, 19 Nov 2026 10:00:00 GMT",
};
const SOURCE: NonNullable<ResultAnswer["source"]> = {
  kind: "address",
  sender: "account",
  received_at: "2026-11-20T10:00:00Z",
  name: "clip.mp4",
  content_type: "video/mp4",
  declared_bytes: 5_000_000,
  url: "https://short.example/x",
  hops: [{ ...HOP, url: "https://short.example/x", status: 302 }, HOP],
};

afterEach(() => localStorage.clear());

function textOf(source: ResultAnswer["source"], personal = true): string {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  client.setQueryData(keys.me, { workspaces: [{ id: "newsroom", personal }] } as MeAnswer);
  if (!personal) chooseWorkspace("newsroom");
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <SourceCard answer={completed(manipulated(), { source })} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return container.textContent ?? "";
}

it("shows each request on the way to a file at an address", () => {
  const text = textOf(SOURCE);
  for (const said of [
    "https://short.example/x",
    "status 302",
    "https://cdn.example/clip.mp4",
    "93.184.215.14",
    '"abc"',
  ])
    expect(text).toContain(said);
});

it("says which program named the file behind a post", () => {
  const resolution = {
    page: "https://x.com/somebody/status/1",
    url: "https://video.example/1.mp4",
    by: "yt-dlp 2026.10.26",
    extractor: "twitter",
    at: "2026-11-20T10:00:00Z",
  };
  const text = textOf({ ...SOURCE, url: resolution.page, resolution });
  for (const said of [resolution.page, resolution.url, resolution.by]) expect(text).toContain(said);
});

it("says of any job of a shared workspace, also of a former member, that the evidence package has a part of it for some", () => {
  const said = english.result.source.evidencePart;
  expect(textOf(SOURCE)).not.toContain(said);
  expect(textOf(SOURCE, false)).toContain(said);
});

it("is not there for readers of a link, and for jobs of earlier releases", () => {
  expect(textOf(null)).toBe("");
});
