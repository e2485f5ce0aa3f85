package lint

import "regexp/syntax"

// How many names a pattern may stand for.
const alternatives = 100

// The names that a pattern stands for, if they can be told: alternatives of text, and nothing that repeats.
func spelt(pattern string) ([]string, bool) {
	expr, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, false
	}
	return words(expr)
}

func words(expr *syntax.Regexp) ([]string, bool) {
	switch expr.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		return []string{string(expr.Rune)}, true
	case syntax.OpCharClass:
		var all []string
		for i := 0; i+1 < len(expr.Rune) && len(all) <= alternatives; i += 2 {
			for letter := expr.Rune[i]; letter <= expr.Rune[i+1] && len(all) <= alternatives; letter++ {
				all = append(all, string(letter))
			}
		}
		return all, len(all) <= alternatives
	case syntax.OpCapture:
		return words(expr.Sub[0])
	case syntax.OpQuest:
		some, ok := words(expr.Sub[0])
		return append(some, ""), ok
	case syntax.OpAlternate:
		var all []string
		for _, branch := range expr.Sub {
			some, ok := words(branch)
			if all = append(all, some...); !ok || len(all) > alternatives {
				return nil, false
			}
		}
		return all, true
	case syntax.OpConcat:
		all := []string{""}
		for _, part := range expr.Sub {
			some, ok := words(part)
			if !ok || len(all)*len(some) > alternatives {
				return nil, false
			}
			var longer []string
			for _, begin := range all {
				for _, end := range some {
					longer = append(longer, begin+end)
				}
			}
			all = longer
		}
		return all, true
	}
	return nil, false
}
