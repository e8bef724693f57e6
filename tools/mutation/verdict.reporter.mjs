// A reporter for Jest that writes down which tests passed, and ends the run with the first one that fails: what else a broken
// program does is of no interest, and waiting for it would take minutes.
import { writeFileSync } from 'node:fs';

export default class VerdictReporter {
  #passed = [];
  #file;

  constructor(_, { file }) {
    this.#file = file;
  }

  onTestCaseResult(_, { status, fullName, failureMessages }) {
    if (status === 'passed') this.#passed.push(fullName);
    if (status === 'failed') this.#end({ failed: { name: fullName, message: failureMessages.join('\n') } });
  }

  onTestFileResult(_, { testExecError, failureMessage }) {
    if (testExecError) this.#end({ broken: (failureMessage ?? testExecError.message).trim().split('\n').slice(0, 3).join(' ') });
  }

  onRunComplete() {
    this.#write({});
  }

  #write(outcome) {
    writeFileSync(this.#file, JSON.stringify({ passed: this.#passed, ...outcome }));
  }

  #end(outcome) {
    this.#write(outcome);
    // Servers and services end with the process that started them.
    process.exit(1);
  }
}
