package services

import "quartet/dashboards/board"

const (
	query   = "db_client_operation_duration_seconds"
	byQuery = "db_operation_name, db_collection_name"
	calling = spans + ` && kind = client && span.db.operation.name = "${__field.labels.db_operation_name}" && span.db.collection.name = "${__field.labels.db_collection_name}"`
)

func database() []board.Panel {
	const legend = "{{db_operation_name}} {{db_collection_name}}"
	return []board.Panel{
		{
			ID: 46, Title: "Database calls per second", Width: 6, Height: 8,
			Read:  "By statement and table. Many more than requests: something asks in a loop.",
			Empty: "This service called no database in this time.",
			From:  board.Metrics,
			Draw:  board.Lines("ops"),
			Ask:   []board.Query{board.PromQL(rate(query+"_count", identity, byQuery), legend)},
			Links: []board.Link{board.ToSpans("These calls", search(calling))},
		},
		{
			ID: 47, Title: "P99 of database calls", Width: 6, Height: 8,
			Read:  "Without the wait for a connection, which the pool shows. One table slow: a missing index, a lock. All slow: the disk.",
			Empty: "This service called no database in this time.",
			From:  board.Metrics,
			Draw:  board.Broken("s"),
			Ask:   []board.Query{board.PromQL(quantile("0.99", query, identity, byQuery), legend)},
			Links: []board.Link{board.ToSpans("Calls as slow as this", search(calling+slow))},
		},
		{
			ID: 48, Title: "Failed database calls per second", Width: 6, Height: 8,
			Read:  "By what went wrong; docs/telemetry.md says what each name means and what clients are told.",
			Empty: "No database call failed in this time.",
			From:  board.Metrics,
			Draw:  board.Stacked("ops"),
			Ask:   []board.Query{board.PromQL(rate(query+"_count", identity+`, error_type!=""`, byQuery+", error_type"), "{{error_type}}: "+legend)},
			Links: []board.Link{board.ToSpans("These calls", search(calling+` && span.error.type = "${__field.labels.error_type}"`))},
		},
		{
			ID: 106, Title: "Connections of the pool", Width: 6, Height: 8,
			Read:  "In use, idle, and calls that wait for one, below what may be open. Waiting at the bound: the pool is too small, or a call holds its connection too long.",
			Empty: "This service has no pool of connections.",
			From:  board.Metrics,
			Draw:  board.Lines("short"),
			Ask: []board.Query{
				board.PromQL(sum(`db_client_connection_count{`+identity+`}`, "db_client_connection_pool_name, db_client_connection_state"), "{{db_client_connection_pool_name}} {{db_client_connection_state}}"),
				board.PromQL(sum(`db_client_connection_pending_requests{`+identity+`}`, "db_client_connection_pool_name"), "{{db_client_connection_pool_name}} waiting"),
				board.PromQL(sum(`db_client_connection_max{`+identity+`}`, "db_client_connection_pool_name"), "{{db_client_connection_pool_name}} at most"),
			},
			Links: []board.Link{board.ToSpans("Slow database calls", search(spans+` && kind = client && span.db.system.name != nil && duration >= 100ms`))},
		},
	}
}
