import { useEffect, useRef, useState, type FormEvent } from "react";

import { ApiError } from "@/api/errors";

import { isFaulty, NO_FAULTS, refusal, type Faults, type FieldName, type Wrong } from "./refusal";

const NO_CODE: Wrong = { key: "noCode" };

export type Values = Readonly<Record<FieldName, string>>;

type Options = {
  /** Names of the form's fields. */
  fieldNames: readonly FieldName[];
  /** What is wrong before anything is sent. */
  check: (values: Values) => Faults;
  /** Send it; throws ApiError when refused. */
  send: (values: Values) => Promise<void>;
};

/**
 * Submission of a form: checked first, sent once at a time, faults shown at their fields and the first one
 * focused; editing a field clears its fault. `needsCode` says that the account's second factor is on: the form
 * shows a field for its code then, and sends the rest again with it.
 */
export function useSubmission({ fieldNames, check, send }: Options) {
  const form = useRef<HTMLFormElement>(null);
  const [faults, setFaults] = useState<Faults>(NO_FAULTS);
  const [busy, setBusy] = useState(false);
  const [needsCode, setNeedsCode] = useState(false);

  // Only a submission moves the focus; clearing a fault while its field is edited does not.
  const [found, setFound] = useState<Faults>(NO_FAULTS);
  useEffect(() => {
    if (form.current !== null) focusFirst(form.current, found);
  }, [found]);

  // The field for the code appears after the server has asked for it.
  useEffect(() => {
    if (needsCode) form.current?.querySelector<HTMLInputElement>('input[name="code"]')?.focus();
  }, [needsCode]);

  const show = (next: Faults) => {
    setFaults(next);
    setFound(next);
  };

  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const values = read(event.currentTarget);
    const found = check(values);
    const wrong =
      needsCode && values.code === "" ? { ...found, fields: { ...found.fields, code: NO_CODE } } : found;
    show(wrong);
    if (isFaulty(wrong)) return;
    setBusy(true);
    try {
      await send(values);
    } catch (error) {
      if (error instanceof ApiError && error.code === "SECOND_FACTOR_REQUIRED") setNeedsCode(true);
      else show(refusal(error, fieldNames));
    } finally {
      setBusy(false);
    }
  };

  const onInput = (event: FormEvent<HTMLFormElement>) => {
    const { name } = event.target as HTMLInputElement;
    if (!(name in faults.fields)) return;
    setFaults({
      ...faults,
      fields: Object.fromEntries(Object.entries(faults.fields).filter(([field]) => field !== name)),
    });
  };

  return {
    faults,
    busy,
    needsCode,
    formProps: { ref: form, onSubmit, onInput, noValidate: true, method: "post" } as const,
  };
}

function read(form: HTMLFormElement): Values {
  const data = new FormData(form);
  const text = (name: FieldName) => String(data.get(name) ?? "");
  return {
    email: text("email").trim(),
    password: text("password"),
    current_password: text("current_password"),
    new_password: text("new_password"),
    code: text("code").trim(),
  };
}

/** Focus the first field that is wrong; after wrong credentials the password, whole, to be typed again. */
function focusFirst(form: HTMLFormElement, { fields, form: whole }: Faults): void {
  const controls = [...form.elements].filter((control) => control instanceof HTMLInputElement);
  if (whole?.key === "credentials") return controls.find(({ name }) => name === "password")?.select();
  controls.find(({ name }) => name in fields)?.focus();
}
