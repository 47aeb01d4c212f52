import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { failureOf, type Failure } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { span } from "@/i18n/format";

/** Characters that a password may have, as the server counts them. */
export const SHORTEST_PASSWORD = 8;
export const LONGEST_PASSWORD = 128;

export type FieldName = "email" | "password" | "current_password" | "new_password" | "code";

/** What is wrong, as a key of `account.wrong` with what its sentence needs. */
export type Wrong =
  | { key: "shortPassword" | "longPassword"; count: number }
  | { key: "tooOften"; seconds: number }
  | { key: "invalid"; problem: string }
  | { key: "oursWithReference"; id: string }
  /** What every page says of a code of the server's table, with the workspaces that the server names. */
  | { key: "known"; failure: Failure; workspaces: readonly string[] }
  | {
      key:
        | "noEmail"
        | "badEmail"
        | "noPassword"
        | "noCode"
        | "wrongCode"
        | "signInAgain"
        | "signInExpired"
        | "samePassword"
        | "weakPassword"
        | "credentials"
        | "currentPassword"
        | "emailInUse"
        | "tooOftenNow"
        | "tooMany"
        | "closed"
        | "crossSite"
        | "offline"
        | "notKept"
        | "ours";
    };

/** Which fields are wrong, and what is wrong with the form as a whole. */
export type Faults = { fields: Partial<Record<FieldName, Wrong>>; form?: Wrong };

export const NO_FAULTS: Faults = { fields: {} };

/** Turn a refused request into faults; `fieldNames` are the form's fields. */
export function refusal(error: unknown, fieldNames: readonly FieldName[]): Faults {
  if (!(error instanceof ApiError)) return { fields: {}, form: { key: "ours" } };
  switch (error.code) {
    case "INVALID_CREDENTIALS":
      return wrongPassword(fieldNames);
    case "EMAIL_IN_USE":
      return { fields: { email: { key: "emailInUse" } } };
    case "WEAK_PASSWORD":
      return {
        fields: {
          [fieldNames.includes("new_password") ? "new_password" : "password"]: { key: "weakPassword" },
        },
      };
    case "SECOND_FACTOR_WRONG":
      return { fields: { code: { key: "wrongCode" } } };
    case "VALIDATION_ERROR":
      return invalid(error, fieldNames);
    default:
      return { fields: {}, form: general(error) };
  }
}

/** With an address in the form the server does not say which of the two is wrong; without one only the password can be. */
function wrongPassword(fieldNames: readonly FieldName[]): Faults {
  if (fieldNames.includes("email")) return { fields: {}, form: { key: "credentials" } };
  const field = fieldNames.includes("current_password") ? "current_password" : "password";
  return { fields: { [field]: { key: "currentPassword" } } };
}

function general(error: ApiError): Wrong {
  switch (error.code) {
    case "RATE_LIMITED":
      return error.retryAfter === null
        ? { key: "tooOftenNow" }
        : { key: "tooOften", seconds: error.retryAfter };
    case "TOO_MANY":
      return { key: "tooMany" };
    case "FORBIDDEN":
      return { key: "closed" };
    case "SIGN_IN_AGAIN":
      return { key: "signInAgain" };
    case "SIGN_IN_EXPIRED":
      return { key: "signInExpired" };
    case "CROSS_SITE_REQUEST":
      return { key: "crossSite" };
    case "OFFLINE":
      return { key: "offline" };
    case "COOKIE_REFUSED":
      return { key: "notKept" };
    default:
      if (error.status >= 400 && error.status < 500 && error.code !== "MISMATCH") return refused(error);
      return error.requestId === null
        ? { key: "ours" }
        : { key: "oursWithReference", id: error.requestId.slice(0, 8) };
  }
}

// Of these the table says what is meant of an analysis; here the server's own sentence is exacter.
const OF_ANALYSES = ["CONFLICT", "NOT_FOUND", "VALIDATION_ERROR"];

function refused(error: ApiError): Wrong {
  const failure = failureOf(error);
  const isKnown = failure.code === error.code && !OF_ANALYSES.includes(error.code);
  return isKnown
    ? { key: "known", failure, workspaces: workspacesOf(error) }
    : { key: "invalid", problem: error.message };
}

function workspacesOf({ details }: ApiError): string[] {
  const listed = details?.workspaces;
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: unknown) =>
    typeof one === "object" && one !== null && "name" in one ? [String(one.name)] : [],
  );
}

function invalid(error: ApiError, fieldNames: readonly FieldName[]): Faults {
  const fields: Faults["fields"] = {};
  for (const { field, message } of problems(error)) {
    const name = fieldNames.find((known) => field === `body.${known}`);
    if (name !== undefined)
      fields[name] = name === "email" ? { key: "badEmail" } : { key: "invalid", problem: message };
  }
  if (Object.keys(fields).length > 0) return { fields };
  // The only rule whose refusal names no field is the one about addresses.
  if (fieldNames.includes("email")) return { fields: { email: { key: "badEmail" } } };
  return { fields: {}, form: { key: "invalid", problem: error.message } };
}

function problems(error: ApiError): { field: string; message: string }[] {
  const listed = error.details?.problems;
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("field" in entry) || !("message" in entry))
      return [];
    return [{ field: String(entry.field), message: String(entry.message) }];
  });
}

/** What can be said about an address before it is sent. */
export function checkEmail(email: string): Wrong | undefined {
  if (email.trim() === "") return { key: "noEmail" };
  return /^[^\s@]+@[^\s@]+$/.test(email.trim()) ? undefined : { key: "badEmail" };
}

/** What can be said about a password before it is sent. Characters are Unicode's, as on the server. */
export function checkPassword(password: string): Wrong | undefined {
  const length = [...password].length;
  if (length === 0) return { key: "noPassword" };
  if (length < SHORTEST_PASSWORD) return { key: "shortPassword", count: SHORTEST_PASSWORD };
  if (length > LONGEST_PASSWORD) return { key: "longPassword", count: LONGEST_PASSWORD };
  return undefined;
}

/** The fields' faults without those that have none. */
export function faultsOf(fields: Partial<Record<FieldName, Wrong | undefined>>): Faults {
  const found = Object.entries(fields).filter(([, wrong]) => wrong !== undefined);
  return { fields: Object.fromEntries(found) };
}

/** Whether anything is wrong. */
export function isFaulty(faults: Faults): boolean {
  return faults.form !== undefined || Object.keys(faults.fields).length > 0;
}

/** Puts a fault in words, in the current language. */
export function useWording(): (wrong: Wrong | undefined) => string | undefined {
  const t = useTranslations("account.wrong");
  const text = useFailureText();
  return (wrong) => {
    if (wrong === undefined) return undefined;
    switch (wrong.key) {
      case "shortPassword":
      case "longPassword":
        return t(wrong.key, { count: wrong.count });
      case "tooOften":
        return t(wrong.key, { wait: span(1000 * wrong.seconds) });
      case "invalid":
        return t(wrong.key, { problem: wrong.problem });
      case "oursWithReference":
        return t(wrong.key, { id: wrong.id });
      case "known": {
        const { failure, workspaces } = wrong;
        const names = workspaces.join(", ");
        const where = names === "" ? "" : ` ${t("workspaces", { count: workspaces.length, names })}`;
        return `${text(failure)}${where}`;
      }
      default:
        return t(wrong.key);
    }
  };
}
