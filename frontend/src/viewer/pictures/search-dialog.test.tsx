import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { IntlProvider } from "use-intl";
import { expect, test, vi } from "vitest";

import { english } from "@/i18n/messages";

import { ENGINES, SearchDialog } from "./search-dialog";

vi.mock("@/ui/download", () => ({ download: vi.fn() }));

const words = english.viewer.pictures;

test("engines are linked only once the picture was saved, without a word of where the reader comes from", async () => {
  const canvas = document.createElement("canvas");
  canvas.toBlob = (done) => done(new Blob());
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <SearchDialog
        open
        onOpenChange={() => undefined}
        picture={() => Promise.resolve({ canvas, name: "clip-0m12.4s.png" })}
      />
    </IntlProvider>,
  );
  expect(screen.getByText(words.notice)).toBeTruthy();
  expect(screen.queryAllByRole("link")).toEqual([]);
  await userEvent.setup().click(screen.getByRole("button", { name: words.save }));
  const links = await screen.findAllByRole<HTMLAnchorElement>("link");
  expect(links.map(({ href }) => href)).toEqual(ENGINES.map(({ url }) => url));
  for (const { target, rel } of links) expect([target, rel]).toEqual(["_blank", "noopener noreferrer"]);
});
