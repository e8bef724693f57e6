import { Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError, isId } from '@cepro/contracts';

/** An id that can't be one names no endpoint. */
@Injectable()
export class EndpointIdPipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (!isId('wh', value)) throw new DomainError('endpoint-not-found');
    return value;
  }
}
