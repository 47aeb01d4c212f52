export { DeepShield, PART_BYTES, type Options, type Sending, type Waiting } from "./client.js";
export { CODES, type Code } from "./codes.js";
export { ApiError, CodedError, DeepShieldError, JobFailedError, NoAnswerError } from "./errors.js";
export type * from "./schema.js";
