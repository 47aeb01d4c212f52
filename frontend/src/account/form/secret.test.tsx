import { fireEvent, render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, test, vi } from "vitest";

import { english } from "@/i18n/messages";

import { Secret } from "./secret";

const { copy, copied, copyByHand } = english.common.actions;

// As over plain HTTP, and as in jsdom: there is no `navigator.clipboard`.
test("without the browser's clipboard a secret is selected and copied; where that is refused, it says so", async () => {
  const taken: string[] = [];
  let allowed = true;
  document.execCommand = vi.fn(() => {
    const field = document.activeElement;
    if (field instanceof HTMLTextAreaElement && allowed)
      taken.push(field.value.slice(field.selectionStart, field.selectionEnd));
    return allowed;
  });
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <Secret label="Key" hint="Shown once." value="ds_secret" />
    </IntlProvider>,
  );
  const button = screen.getByRole("button", { name: copy });
  button.focus();
  fireEvent.click(button);
  await screen.findByRole("button", { name: copied });
  expect(taken).toEqual(["ds_secret"]);
  expect(document.activeElement).toBe(button);
  expect(document.querySelector("textarea")).toBeNull();
  allowed = false;
  fireEvent.click(button);
  await screen.findByText(copyByHand);
  expect(screen.getByRole("button", { name: copy })).toBeTruthy();
});
