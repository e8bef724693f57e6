import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { DomainError, type FieldFault } from '@cepro/contracts';
import { Type } from 'class-transformer';
import { ArrayNotEmpty, IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Max, MaxLength, ValidateNested } from 'class-validator';
import { validationPipe } from './validation.ts';

class HeaderDto {
  @IsString() @MaxLength(10) name: string;
}

class FilterDto {
  @IsIn(['a', 'b']) kind: string;
  @ValidateNested({ each: true }) @Type(() => HeaderDto) headers: HeaderDto[];
}

class BodyDto {
  @IsUrl({}, { message: 'url must be external', context: { detail: 'internal-name' } }) url: string;
  @ArrayNotEmpty() @IsIn(['lead.created'], { each: true }) events: string[];
  @IsOptional() @IsBoolean() active?: boolean;
  @IsOptional() @ValidateNested() @Type(() => FilterDto) filter?: FilterDto;
}

class QueryDto {
  @IsOptional() @Type(() => Number) @IsInt() @Max(100) limit?: number;
}

async function faultsOf(value: unknown, metatype: new () => object = BodyDto): Promise<readonly FieldFault[]> {
  try {
    await validationPipe().transform(value, { type: 'body', metatype });
    return [];
  } catch (error) {
    if (error instanceof DomainError && error.code === 'validation-failed') return error.faults ?? [];
    throw error;
  }
}

const fine = { url: 'https://hooks.example.com/', events: ['lead.created'] };

describe('a body', () => {
  it('that is fine becomes its class', async () => {
    const body: unknown = await validationPipe().transform({ ...fine, filter: { kind: 'a', headers: [{ name: 'X' }] } }, { type: 'body', metatype: BodyDto });
    expect(body).toBeInstanceOf(BodyDto);
    expect(body).toMatchObject(fine);
  });

  it('has every fault named by its field', async () => {
    const faults = await faultsOf({ url: 'no url', events: [], active: 'yes' });
    expect(faults.map(({ field }) => field)).toEqual(['url', 'events', 'active']);
    for (const { field, message } of faults) expect(message).toContain(field);
  });

  it('has the detail of a fault, where there is one', async () => {
    expect(await faultsOf({ ...fine, url: 'no url' })).toEqual([{ field: 'url', message: 'url must be external', detail: 'internal-name' }]);
    expect(await faultsOf({ ...fine, active: 1 })).toEqual([{ field: 'active', message: expect.any(String) }]);
  });

  it('has every fault of a field', async () => {
    const faults = await faultsOf({ ...fine, filter: { kind: 'a', headers: [{ name: 7 }] } });
    expect(faults.map(({ field }) => field)).toEqual(['filter.headers[0].name', 'filter.headers[0].name']);
  });

  it('has faults deep inside named by the way there', async () => {
    const faults = await faultsOf({ ...fine, filter: { kind: 'c', headers: [{ name: 'X' }, { name: 'much too long' }] } });
    expect(faults.map(({ field }) => field)).toEqual(['filter.kind', 'filter.headers[1].name']);
  });

  it('may have no field that nobody knows, wherever it is', async () => {
    expect(await faultsOf({ ...fine, secret: 'x' })).toEqual([{ field: 'secret', message: expect.stringContaining('should not exist') }]);
    expect((await faultsOf({ ...fine, filter: { kind: 'a', headers: [{ name: 'X', value: 'y' }] } })).map(({ field }) => field)).toEqual(['filter.headers[0].value']);
  });

  it('does not get at what every object has', async () => {
    const hostile: unknown = JSON.parse('{"url":"https://a.example.com","events":["lead.created"],"constructor":{"x":1},"__proto__":{"x":1}}');
    const body = await validationPipe().transform(hostile, { type: 'body', metatype: BodyDto }).catch((error: unknown) => error);
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(body instanceof DomainError || (Object.hasOwn(body as object, 'constructor') === false && (body as { x?: number }).x === undefined)).toBe(true);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty', '__proto__', 'valueOf'])('may not have %s for a field, whatever its value and whatever else is wrong', async (name) => {
    const own = (body: object): unknown => JSON.parse(JSON.stringify(body).replace('placeholder', name));
    for (const value of [1, 'x', null, {}]) {
      expect((await faultsOf(own({ ...fine, placeholder: value }))).map(({ field }) => field)).toEqual([name]);
      expect((await faultsOf(own({ ...fine, active: 1, placeholder: value }))).map(({ field }) => field).sort()).toEqual([name, 'active'].sort());
    }
  });

  it.each([null, undefined, 'text', 7, [], [fine]])('is not %j', async (value) => {
    const outcome = await faultsOf(value).then((faults) => faults.length, (error: unknown) => error);
    expect(outcome).not.toBe(0);
  });
});

describe('a query', () => {
  it('has numbers where its class has', async () => {
    expect(await validationPipe().transform({ limit: '7' }, { type: 'query', metatype: QueryDto })).toEqual({ limit: 7 });
    expect((await faultsOf({ limit: '101' }, QueryDto)).map(({ field }) => field)).toEqual(['limit']);
    expect(await faultsOf({ limit: 'many' }, QueryDto)).not.toEqual([]);
    expect(await faultsOf({}, QueryDto)).toEqual([]);
  });

  it('has no field of a name that objects inherit', async () => {
    const query = Object.assign(Object.create(null), { limit: '7', constructor: '1', ['__proto__']: '1', toString: '1' }) as object;
    expect((await faultsOf(query, QueryDto)).map(({ field }) => field).sort()).toEqual(['__proto__', 'constructor', 'toString']);
  });
});
