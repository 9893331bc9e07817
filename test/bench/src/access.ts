/** How to reach the database. */
export interface Access {
  host: string
  port: number
  user: string
  password: string
  database: string
}
