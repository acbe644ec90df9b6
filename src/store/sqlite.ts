import ForNode20, { type Database, type Options } from 'better-sqlite3';
import ForNodeApi10 from 'better-sqlite3-napi';

/**
 * The version of better-sqlite3 for the running Node: 13 is built on Node-API 10, which Node 20 lacks; 12 compiled for Node
 * 24.19 or later aborts the process when a statement is collected while no JavaScript runs, since that Node's ObjectWrap looks
 * for a context then. Either loads its native part only when a database is opened.
 */
const Driver = (Number(process.versions.napi) >= 10 ? ForNodeApi10 : ForNode20) as new (
  file: string,
  options: Options,
) => Database;

export const openSqlite = (file: string, options: Options = {}): Database => new Driver(file, options);
